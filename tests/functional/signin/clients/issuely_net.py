"""The .NET sample of Issuely, as `JwtSecurityToken` writes it: claims and `exp`, and no `iat`.

Arguments: the host, the company's ID, the visitor's address. Prints the address.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time


def part(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


_, host, company, email = sys.argv
claims = {"companyId": company, "email": email, "name": "Jane Smith", "role": "CUSTOMER"}
pieces = ({"alg": "HS256", "typ": "JWT"}, {**claims, "exp": int(time.time()) + 300})
signed = ".".join(part(json.dumps(piece, separators=(",", ":")).encode()) for piece in pieces)
secret = os.environ["ISSUELY_SSO_SECRET"].encode()
signature = hmac.digest(secret, signed.encode(), hashlib.sha256)
sys.stdout.write(f"{host}/api/auth/sso?token={signed}.{part(signature)}")
