#!/bin/sh
# A tenant's cron job, or a person at a terminal: curl.
# Arguments: the address to call, the body. Keys come from the environment, if any.
set -eu

address=$1 body=$2
set -- -sS --data "$body" -H "Content-Type: application/json" -H "Accept: application/json"
if [ -n "${API_KEY+set}" ]; then
  set -- "$@" -H "X-API-Key: $API_KEY" -H "X-API-Secret: $API_SECRET"
fi
if [ "${FOLLOW:-}" = 1 ]; then
  set -- "$@" -L
fi
exec curl "$@" -w '\n%{http_code} %header{location}' "$address"
