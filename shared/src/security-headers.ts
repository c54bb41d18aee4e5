/** Headers of every page and reply: nothing from elsewhere, nothing inline, in nobody's frame. */
import helmet from 'helmet'

export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Set by whoever terminates TLS: on plain HTTP it means nothing.
  strictTransportSecurity: false,
})
