#!/usr/bin/python3
"""Makes the sample shop: draws the artwork, renders every photo, writes catalog.csv and queries.csv.

    /usr/bin/python3 make.py                    everything
    /usr/bin/python3 make.py --only mug- tea-   only photos whose name begins so
    /usr/bin/python3 make.py --draft            quick and rough, to look at a new model
"""
import argparse
import csv
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import queries
import rooms
import studio
from departments import kitchen, living, pantry, play, wear
from render import Shot, take

SHOP = Path(__file__).resolve().parent.parent
PRODUCTS = [p for shelf in (kitchen, pantry, wear, living, play) for p in shelf.PRODUCTS]
CATALOGUE_PX, QUERY_PX = 512, (960, 720)


def main():
    options = _options()
    work = Path(options.work)
    _check_data()
    _write_tables(SHOP)
    shots = [s for s in [*_catalogue_shots(), *_query_shots()] if not options.only or s.name.startswith(tuple(options.only))]
    started = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as crew:
        for k, (shot, seconds) in enumerate(crew.map(lambda s: (s, _timed(s, work, options.draft)), shots), 1):
            print(f"[{k}/{len(shots)}] {shot.name} {seconds:.0f} s", flush=True)
    print(f"{len(shots)} photos in {time.monotonic() - started:.0f} s")


def _options():
    parser = argparse.ArgumentParser(description="Render the sample shop.")
    parser.add_argument("--only", nargs="*", help="names to render, by their beginning")
    parser.add_argument("--draft", action="store_true", help="half size, no anti-aliasing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="photos rendered side by side")
    parser.add_argument("--work", default="/tmp/vitrine-shop", help="folder for scenes and artwork")
    return parser.parse_args()


def _timed(shot, work, draft):
    started = time.monotonic()
    take(shot, work, draft)
    return time.monotonic() - started


def _catalogue_shots():
    for product in PRODUCTS:
        model = product.build()
        yield Shot(product.id, studio.scene(model, product.yaw, product.elevation), model.arts,
                   SHOP / "catalog" / f"{product.id}.jpg", CATALOGUE_PX, CATALOGUE_PX)


def _query_shots():
    models = {product.id: product.build for product in PRODUCTS}
    for query in queries.QUERIES:
        built = [(models[item.product](), item) for item in query.items]
        arts = [*query.room[1], *(art for model, _ in built for art in model.arts)]
        yield Shot("query-" + query.name, rooms.scene(query, built), tuple(arts), SHOP / "queries" / f"{query.name}.jpg",
                   *QUERY_PX, finish=rooms.camera_finish(query))


def _check_data():
    """Stops before half an hour of rendering if an id is used twice or a query names no product."""
    ids = [product.id for product in PRODUCTS]
    doubled = {i for i in ids if ids.count(i) > 1}
    unknown = {item.product for query in queries.QUERIES for item in query.items} - set(ids)
    if doubled or unknown:
        sys.exit(f"make.py: ids used twice: {sorted(doubled)}; queries name unknown products: {sorted(unknown)}")


def _write_tables(folder):
    rows = [(p.id, p.name, p.description, p.category, f"catalog/{p.id}.jpg", p.price, p.gtin, p.brand) for p in PRODUCTS]
    _write_csv(folder / "catalog.csv", ("product_id", "name", "description", "category", "image", "price", "gtin", "brand"), rows)
    _write_csv(folder / "queries.csv", ("image", "product_ids"),
               [(f"queries/{q.name}.jpg", "|".join(item.product for item in q.items)) for q in queries.QUERIES])


def _write_csv(path, header, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


if __name__ == "__main__":
    main()
