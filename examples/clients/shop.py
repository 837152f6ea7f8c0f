"""Adds a product with its photo and searches another photo, with Python's standard library alone:

    python3 shop.py http://127.0.0.1:8080 "White mug with ferns" mug.jpg table.jpg
"""
import json, os, pathlib, sys, urllib.request

server, name, product_photo, query_photo = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[4])
key = {"Authorization": "Bearer " + os.environ["VITRINE_KEY"]} if "VITRINE_KEY" in os.environ else {}


def ask(path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | key
    return urllib.request.urlopen(urllib.request.Request(server + path, body, headers))


product = {"id": product_photo.stem, "name": name}
ask("/v1/products", json.dumps(product).encode(), Content_Type="application/json")
with ask(f"/v1/products/{product_photo.stem}/images", product_photo.read_bytes(), Content_Type="image/jpeg") as answer:
    job = json.load(answer)["job"]
if job:  # nothing is to be done for a photo that it has already
    ask(f"/v1/jobs/{job['id']}/events").read()  # the events end when the job has: no polling

with ask("/v1/queries?top=3", query_photo.read_bytes(), Content_Type="image/jpeg", Prefer="wait=30") as answer:
    for product in json.load(answer)["products"]:
        print(f"{product['score']:.2f}  {product['name']}: {', '.join(product['reasons'])}")
