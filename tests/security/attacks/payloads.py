"""Addresses that are to lead a visitor away, by parts, by encodings, and by known tricks."""

from itertools import product

EVIL = "evil.test"
#: ``{us}`` is our host, ``{listed}`` a host that the tenant listed, ``{slug}`` the tenant.
STARTS = (
    "//", "///", "////", "/\\", "\\/", "\\\\", "\\", "/\t/", "/\n/", "/\r/", "/%09/", "/%2f",
    "/%2F%2f", "/%5c", "%2f%2f",
    "%5c%5c", "/.//", "/..//", "/%2e/", "/%2e%2e/", "/;//", "/?//", "https://", "https:/", "https:",
    "https:///", "https:\\\\",
    "https:/\\", "HTTPS://", "hTtPs://", "http://", "http:", "http:/", "htt\tps://", "h\nttps://",
    " https://", "\thttps://",
    "\x01https://", "\x00https://", "https ://", "https%3a//", "https&colon;//", "ftp://", "ws://",
    "wss://", "file://", "//\u3000",
    "/\u2044", "\u2044\u2044", "\uff0f\uff0f", "/\uff0f", "https:\uff0f\uff0f", "//\u200b",
    "//\ufeff", "/\x0b/", "/\xa0/", "/\x85/",
    "/{slug}//", "/{slug}/\\", "/{slug}/%2f", "{us}", "{us}.", "{us}@", "{us}:80@", "{us}%40",
    "{us}%2e", "{us}\\@", "{us}/\\@",
    "https://{listed}.", "https://{listed}@", "https://{listed}:443@", "https://{listed}%2f@",
    "https://{listed}\\.", "https://{listed}\\@",
    "https://{listed}\t.", "https://{listed}\n@", "https://{listed}%00.", "https://{listed}#@",
    "https://{listed}?@", "https://{listed};@",
    "https://{listed},", "https://{listed}&", "https://{listed}_", "https://{listed}\uff0e",
    "https://{listed}\u3002", "https://x{listed}.",
    "javascript://{listed}/%0a//", "data:text/html,//", "blob:https://", "view-source:https://",
    "intent://", "x://", "@", "/@", "//@",
    "///@", "//:@", "//x:y@", "//{us}@", "//{listed}@", "//%40", "?", "#", "./", "../", ".//",
    "..//", "/./", "/../", ";//", "*//",
)  # fmt: skip
ENDS = (
    EVIL,
    f"{EVIL}/",
    f"{EVIL}/tickets",
    f"{EVIL}:443/",
    f"{EVIL}\\",
    f"{EVIL}%00",
    f"www.{EVIL}?x#y",
)
TRICKS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript&colon;alert(1)", "javascript%3aalert(1)", "javascript://%0aalert(1)", "vbscript:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "about:blank", "blob:null/x",
    "file:///etc/passwd", "mailto:x@evil.test",
    "tel:1", "https://", "https:", "http://", "//", "/\\/\\/", "///", ":", "https://[::1]/",
    "https://[::ffff:127.0.0.1]/", "https://127.0.0.1/",
    "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/",
    "https://0/", "https://169.254.169.254/latest/",
    "https://xn--evl-uqa.test/", "https://ev\u0131l.test/", "https://\u24d4vil.test/",
    "https://evil\u3002test/", "https://evil%E3%80%82test/",
    "/login", "/login/", "/login/local", "/logout", "/logout/", "/LOGOUT", "/%6cogout", "/logout?x",
    "/logout#x", "/logout;x=1", "/@@logout",
    "/auth/callback?token=x", "/api/auth/logout", "/api/v2/tickets", "/jwt/?token=x",
    "/access/jwt?jwt=x", "/sso/auth?token=x", "/sp/OIDC/x",
    "/signed-out", "/static/x", "/-/health", "/{slug}/logout", "/{slug}/login?next=//evil.test",
    "/{slug}/../logout", "/{slug}/./logout",
    "/{slug}//logout", "/{slug}/%2e/logout", "/{slug}/%2e%2e/x/", "/tickets/..;/logout",
    "/tickets/%2e%2e/logout", "/..%2flogout", "/.%2e/x",
    "/tickets%0d%0aSet-Cookie:%20x=y", "/tickets\r\nSet-Cookie: x=y",
    "/tickets\nLocation: https://evil.test/", "/tickets%0aX",
    "/\u560a\u560dSet-Cookie:x", "/tickets\x00", "/tickets%00", "/tickets\x7f", "/tickets\x80",
    "/ tickets", "/tickets ", "/tickets\u2028",
    "/tickets#\r\n", "/tickets?\r\nX: y", "/t%", "/t%zz", "/t%2", "/t%u002f", "/%c0%af",
    "/%e0%80%af", "/%ff", "/%ed%a0%80", "/" + "a" * 2048,
    "https://{listed}:0/", "https://{listed}:99999/", "https://{listed}:443:443/",
    "https://{listed}:44x/", "https://{listed}:-1/",
    "http://{listed}/", "https://user@{listed}/", "https://user:pw@{listed}/",
    "https://{listed}:8443/", "ftp://{listed}/", "//{listed}/",
)  # fmt: skip
#: What a tenant's site may well ask for: these are taken, and the oracle says where they lead.
WELCOME = (
    "/", "/tickets", "/tickets/42", "/{slug}/tickets/42", "/dashboard", "/{slug}/dashboard",
    "/tickets%E5%98%8A",
    "/tickets/42?next=https:%2F%2Fevil.test", "/tickets/42#https:evil.test", "/tickets;v=1",
    "/@evil.test", "/a.b..c", "/x:y",
    "{us}/{slug}/tickets", "{us}/tickets/42", "https://{listed}", "https://{listed}/",
    "https://{listed}/a?b#c", "HTTPS://{listed}/x",
    "https://{listed}:443/x", "https://{listed}/%2f%2fevil.test", "https://{listed}/logout",
)  # fmt: skip

GENERATED = tuple(start + end for start, end in product(STARTS, ENDS))
ALL = tuple(dict.fromkeys((*TRICKS, *GENERATED, *WELCOME)))
