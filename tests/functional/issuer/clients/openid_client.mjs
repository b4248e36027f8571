// openid-client as a site uses it: discovery, code with PKCE, ID token, userinfo, refresh, revocation,
// introspection, logout. Reads the callback's address from its input, line by line.
import * as client from 'openid-client'
import readline from 'node:readline'

const [issuer, clientId, secret, redirectUri] = process.argv.slice(2)
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (value) => console.log(JSON.stringify(value))

// The tests serve the portal on this machine, without TLS.
const options = { execute: [client.allowInsecureRequests] }
const config = await client.discovery(new URL(issuer), clientId, secret, undefined, options)
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri,
  scope: 'openid profile email',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
})
say({ url: url.href })

const callback = new URL((await lines.next()).value)
const tokens = await client.authorizationCodeGrant(config, callback, {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
})
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
const introspected = await client.tokenIntrospection(config, refreshed.access_token)
await client.tokenRevocation(config, refreshed.refresh_token)
const afterwards = await client.tokenIntrospection(config, refreshed.access_token)
const logout = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token })
say({ claims, userinfo, introspected, afterwards, logout: logout.href })
process.exit(0)
