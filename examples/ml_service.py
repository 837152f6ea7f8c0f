#!/usr/bin/env python3
"""A whole ml_service (docs/models.md): ml_service.py [PORT]. Put your models into crop() and label()."""
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

def crop(jpeg):  # one box in the middle; the sides stand in the frame header, after other segments
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
    height, width = (int.from_bytes(jpeg[at + i:at + i + 2], "big") for i in (5, 7))
    box = [width // 4, height // 4, max(1, width // 2), max(1, height // 2)]
    return {"model": "middle 1", "crops": [{"box": box, "score": 0.9}]}

def label(jpeg):  # the bytes' histogram as vector
    return {"model": "bytes 1", "label": {"category": "thing"}, "storage_vector": [jpeg.count(b) for b in range(256)]}

def match(body):
    ask = json.loads(body)
    words = set(ask["target"].lower().split())
    return {"scores": [len(words & set(c.lower().split())) / max(1, len(words)) for c in ask["candidates"]]}

class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections
    questions = {"/v1/crop": crop, "/v1/label": label, "/v1/match": match, "/healthz": lambda _: {"model": "bytes 1", "dim": 256}}
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        question = self.questions.get(self.path)
        answer = json.dumps(question(body) if question else {"detail": "no such question"}).encode()
        self.send_response(200 if question else 404)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    do_GET = do_POST

server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Service)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
