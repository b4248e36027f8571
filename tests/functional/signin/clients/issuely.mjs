// The Node sample of Issuely: jsonwebtoken's sign() with `expiresIn: "5m"`. Prints the address.
// Arguments: the host, the company's ID, the visitor's address.
import { createHmac } from "node:crypto";

// What jsonwebtoken makes of this call: it adds `iat`, and `exp` counted from it.
const jwt = {
  sign(payload, secret, { algorithm, expiresIn }) {
    const iat = Math.floor(Date.now() / 1000);
    const exp = iat + Number.parseInt(expiresIn, 10) * 60;
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: algorithm, typ: "JWT" })}.${part({ ...payload, iat, exp })}`;
    return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
  },
};

const [, , host, companyId, email] = process.argv;
const token = jwt.sign(
  { companyId, email, name: "Jane Smith", role: "CUSTOMER" },
  process.env.ISSUELY_SSO_SECRET,
  { algorithm: "HS256", expiresIn: "5m" },
);
console.log(`${host}/api/auth/sso?token=${token}`);
