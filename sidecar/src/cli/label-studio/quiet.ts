/** Settings that keep Label Studio from calling anybody. */
export const quietVariables = {
  LABEL_STUDIO_COLLECT_ANALYTICS: 'false',
  LABEL_STUDIO_LATEST_VERSION_CHECK: 'false',
  LABEL_STUDIO_SENTRY_DSN: '',
  LABEL_STUDIO_FRONTEND_SENTRY_DSN: '',
  SENTRY_DSN: '',
  FRONTEND_SENTRY_DSN: '',
} as const
