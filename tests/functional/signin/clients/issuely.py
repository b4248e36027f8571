"""The Python sample of Issuely. Prints the address.

Arguments: the host, the company's ID, the visitor's address.
"""

import os
import sys
import time

import jwt

_, host, company, email = sys.argv
payload = {
    "companyId": company,
    "email": email,
    "name": "Jane Smith",
    "role": "CUSTOMER",
    "iat": int(time.time()),
    "exp": int(time.time()) + 300,
}
token = jwt.encode(payload, os.environ["ISSUELY_SSO_SECRET"], algorithm="HS256")
sys.stdout.write(f"{host}/api/auth/sso?token={token}")
