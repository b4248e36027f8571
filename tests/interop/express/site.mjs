// A shop on Express, whose visitors sign in through express-openid-connect.
import express from 'express'
import openid from 'express-openid-connect'

const { ISSUER, SITE, CLIENT_ID, CLIENT_SECRET, PORT, SESSION_SECRET } = process.env
const { auth, requiresAuth } = openid
const site = express()

site.use(
  auth({
    issuerBaseURL: ISSUER,
    baseURL: SITE,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    secret: SESSION_SECRET,
    authRequired: false,
    authorizationParams: {
      response_type: 'code',
      response_mode: 'query',
      scope: 'openid profile email organisation',
    },
    idpLogout: true,
  }),
)

site.get('/', (request, response) => {
  response.send(request.oidc.isAuthenticated() ? 'Welcome back' : 'Welcome')
})

site.get('/orders', requiresAuth(), async (request, response) => {
  const { sub, name, email } = request.oidc.user
  const asked = await request.oidc.fetchUserInfo()
  response.json({ sub, name, email, organisation: asked.organisation.name })
})

site.get('/refreshed', requiresAuth(), async (request, response) => {
  const before = request.oidc.accessToken
  const after = await before.refresh()
  response.json({ changed: before.access_token !== after.access_token })
})

site.listen(Number(PORT), '127.0.0.1')
