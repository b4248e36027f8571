#!/bin/sh
# Signs customers in to the help desk and opens tickets for them: POSIX sh, curl and openssl.
#
# No secret stands in a command line, where everybody on the machine could read it: shell built-ins
# handle the signing key, and curl reads the API's secret from its standard input.
set -eu

usage() {
    cat >&2 <<'TEXT'
portal.sh token    EMAIL NAME [PAGE]           a signed token
portal.sh sign-in  EMAIL NAME [PAGE]           an address that signs one browser in
portal.sh handover EMAIL NAME [PAGE]           the same through the API, without the signing key
portal.sh ticket   EMAIL NAME TITLE TEXT       open a ticket, and say where it is
portal.sh sign-out EMAIL                       end all sessions of this customer
PAGE is a page of the help desk, such as /tickets/42.
TEXT
    exit 2
}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

need() {
    missing=
    for name; do
        eval "value=\${$name:-}"
        case $value in *[![:space:]]*) ;; *) missing="$missing${missing:+, }$name" ;; esac
    done
    [ -z "$missing" ] || fail "Not set in the environment: $missing. See .env.example."
}

# A JSON Web Token (RFC 7519) that signs this customer in, once, within two minutes.
sign_in_token() { # EMAIL NAME [PAGE]
    now=$(date +%s)
    header='{"alg":"HS256","typ":"JWT"'${PORTAL_KEY_ID:+,"\"kid\":$(json "$PORTAL_KEY_ID")"}'}'
    claims='{"email":'$(json "$1")',"name":'$(json "$2")',"tenant":'$(json "$PORTAL_TENANT")
    claims=$claims${3:+",\"redirect_url\":$(json "$3")"}
    # jti is never the same twice: it makes the token work once.
    claims=$claims',"iat":'$now',"exp":'$((now + 120))',"jti":"'$(openssl rand -hex 16)'"}'
    signed=$(printf %s "$header" | base64url).$(printf %s "$claims" | base64url)
    printf '%s.%s' "$signed" "$(hmac_sha256 "$signed" | base64url)"
}

# Opens a ticket in the customer's name and prints its address.
open_ticket() { # EMAIL NAME TITLE TEXT
    # curl tries again when the network fails: with this key it still opens one ticket.
    call v2/tickets '{"email":'"$(json "$1")"',"name":'"$(json "$2")"',"title":'"$(json "$3")"',"description":'"$(json "$4")"'}' \
        --header "Idempotency-Key: $(openssl rand -hex 16)"
    [ "$status" = 201 ] || refused
    field ticket_url
}

# Prints an address that signs one browser in within a minute. Do not open it yourself.
hand_over() { # EMAIL NAME [PAGE]
    call auth/redirect '{"email":'"$(json "$1")"',"name":'"$(json "$2")${3:+",\"redirect_url\":$(json "$3")"}"'}'
    [ "$status" = 302 ] || refused
    field redirect_url
}

sign_out() { # EMAIL
    call auth/logout '{"email":'"$(json "$1")"'}'
    [ "$status" = 200 ] || refused
    printf '%s\n' "$body"
}

# Calls the API; the answer is in $status and $body.
call() { # PATH JSON [OPTION OF CURL]...
    url=$PORTAL_URL/api/$1 json=$2
    shift 2
    answer=$(
        printf 'header = "X-API-Key: %s"\nheader = "X-API-Secret: %s"\n' "$PORTAL_API_KEY" "$PORTAL_API_SECRET" |
            curl --config - --silent --show-error --max-time 30 --retry 2 "$@" \
                --header 'Content-Type: application/json' --header 'Accept: application/json' \
                --data-raw "$json" --write-out ' %{http_code}' "$url"
    )
    status=${answer##* } body=${answer% *}
}

refused() {
    fail "The help desk answered $status $(field code) $(field request_id)"
}

# A text of the answer, by its name.
field() {
    printf '%s\n' "$body" | sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p'
}

json() {
    printf '"'
    printf '%s' "$1" | tr '\t' ' ' | LC_ALL=C tr -d '\000-\011\013-\037' | sed 's/[\\"]/\\&/g' |
        awk '{ printf "%s%s", newline, $0; newline = "\\n" }'
    printf '"'
}

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# HMAC (RFC 2104) by hand, since `openssl dgst -hmac` takes the key from its command line.
hmac_sha256() { # TEXT
    key=$(printf %s "$PORTAL_SIGNING_KEY" | hex)
    [ ${#key} -le 128 ] || key=$(printf %s "$PORTAL_SIGNING_KEY" | openssl dgst -sha256 -binary | hex)
    inner=$({ pad 0x36; printf %s "$1"; } | openssl dgst -sha256 -binary | hex)
    { pad 0x5c; bytes "$inner"; } | openssl dgst -sha256 -binary
}

# The key, filled up to 64 bytes, each changed with the same number.
pad() {
    rest=$key
    while [ ${#rest} -lt 128 ]; do rest=${rest}00; done
    bytes "$rest" "$1"
}

# The bytes of a hexadecimal text.
bytes() { # HEX [NUMBER]
    left=$1
    while [ -n "$left" ]; do
        tail=${left#??}
        printf "\\$(printf %03o $((0x${left%"$tail"} ^ ${2:-0})))"
        left=$tail
    done
}

hex() {
    od -An -v -tx1 | tr -d ' \n'
}

[ $# -ge 2 ] || usage
command=$1
shift
case $command in
token | sign-in)
    [ $# -ge 2 ] || usage
    need PORTAL_CALLBACK_URL PORTAL_TENANT PORTAL_SIGNING_KEY
    token=$(sign_in_token "$@")
    [ "$command" = token ] || printf '%s?token=' "$PORTAL_CALLBACK_URL"
    printf '%s\n' "$token"
    ;;
handover | ticket | sign-out)
    need PORTAL_URL PORTAL_API_KEY PORTAL_API_SECRET
    case $command.$# in
    handover.[23]) hand_over "$@" ;;
    ticket.4) open_ticket "$@" ;;
    sign-out.1) sign_out "$@" ;;
    *) usage ;;
    esac
    ;;
*) usage ;;
esac
