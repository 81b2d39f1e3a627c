import { awsHost, refusedError, sendSigned, type AwsTarget } from "./aws-client.js";
import { textOf } from "./xml.js";

/** Whose credentials these are. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
}

type Target = Omit<AwsTarget, "service">;

/**
 * Asks AWS whose credentials these are.
 * @throws EvenkeelError `AWS_UNREACHABLE`, `AWS_CREDENTIALS`, `AWS_DENIED`
 */
export async function findIdentity(
  target: Target,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Identity> {
  const answer = await sendSigned(
    {
      method: "POST",
      url: new URL(`${env["AWS_ENDPOINT_URL_STS"] ?? `https://${awsHost("sts", target.region)}`}/`),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    },
    { ...target, service: "sts" },
  );
  if (answer.status !== 200) throw refusedError("ask whose credentials these are", answer);
  return { account: textOf(answer.body, "Account"), arn: textOf(answer.body, "Arn") };
}

/**
 * Asks for one quota of the account.
 * @throws EvenkeelError as above
 */
export async function findQuota(
  { service, code }: { readonly service: string; readonly code: string },
  target: Target,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const host = env["AWS_ENDPOINT_URL_SERVICE_QUOTAS"] ?? `https://${awsHost("servicequotas", target.region)}`;
  const answer = await sendSigned(
    {
      method: "POST",
      url: new URL(`${host}/`),
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "ServiceQuotasV20190624.GetServiceQuota",
      },
      body: JSON.stringify({ ServiceCode: service, QuotaCode: code }),
    },
    { ...target, service: "servicequotas" },
  );
  if (answer.status !== 200) throw refusedError(`see quota ${code} of ${service}`, answer);
  return (JSON.parse(answer.body) as { Quota: { Value: number } }).Quota.Value;
}
