#!/usr/bin/env bash
# Adds a product with its photo and searches another photo, by curl and the shell alone:
#     shop.sh http://127.0.0.1:8080 "White mug with ferns" mug.jpg table.jpg       (VITRINE_KEY: the API key, if it wants one)
set -euo pipefail
server=$1 name=$2 product_photo=$3 query_photo=$4
id=$(basename "${product_photo%.*}")
ask() { curl --fail-with-body --silent --show-error ${VITRINE_KEY:+--header "Authorization: Bearer $VITRINE_KEY"} "$@"; }

ask "$server/v1/products" --json "{\"id\": \"$id\", \"name\": \"$name\"}" >/dev/null
job=$(ask "$server/v1/products/$id/images" --form "image=@$product_photo" | grep --only-matching '"id": *[0-9]*' | head -1 | tr -dc 0-9)

# The job's events end when it has: no polling.
ask --no-buffer "$server/v1/jobs/$job/events" >/dev/null

echo "What $query_photo shows:"
ask "$server/v1/queries?top=3" --header "Prefer: wait=30" --header "Content-Type: image/jpeg" --data-binary "@$query_photo" |
    grep --only-matching '"name":"[^"]*","score":[0-9.]*' | sed 's/"name":"\(.*\)","score":\(.*\)/\2  \1/'
