const ADMIN = { platform: "arn:aws:iam::123456789012:role/platform" } as const;

/** The least that each environment has to be told. */
export const VARIABLES = {
  demo: { admin_principal_arns: ADMIN, endpoint_public_access_cidrs: ["203.0.113.7/32"] },
  production: { admin_principal_arns: ADMIN },
} as const;
