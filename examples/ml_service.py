#!/usr/bin/env python3
"""A whole ml_service: ml_service.py [PORT]. Knows nothing of pictures: one box in the middle, the bytes' histogram as vector.
Put your models into crop() and label(); the contract is in docs/models.md."""
import json, struct, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

def size_of(jpeg):  # width and height stand in the frame header, after the other segments
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", jpeg[at + 2:at + 4])[0]
    return struct.unpack(">HH", jpeg[at + 5:at + 9])[::-1]

def crop(jpeg):
    width, height = size_of(jpeg)
    box = [width // 4, height // 4, max(1, width // 2), max(1, height // 2)]
    return {"model": "middle 1", "crops": [{"box": box, "score": 0.9, "category": "thing"}]}

def label(jpeg):
    histogram = [jpeg.count(byte) for byte in range(256)]
    return {"model": "bytes 1", "label": {"category": "thing", "confidence": 0.1}, "storage_vector": histogram}

def match(body):
    ask = json.loads(body)
    words = set(ask["target"].lower().split())
    return {"scores": [len(words & set(c.lower().split())) / max(1, len(words)) for c in ask["candidates"]]}

class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections
    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(200 if self.path == "/healthz" else 404, {"model": "bytes 1", "dim": 256})
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        ask = {"/v1/crop": crop, "/v1/label": label, "/v1/match": match}.get(self.path)
        self.answer(200 if ask else 404, ask(body) if ask else {"detail": "no such question"})
    def log_message(self, *args):
        pass

server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Service)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
