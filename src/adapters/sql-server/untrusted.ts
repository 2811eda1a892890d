import { Failure } from '../../errors.js';
import type { ServerCertificate } from './certificate.js';
import type { Trouble } from './trouble.js';

const verdicts = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Whether it is the certificate that keeps the connection from being made. */
export const isUntrusted = ({ codes }: Trouble): boolean => codes.some((code) => verdicts.has(code));

/** Shows the certificate, so that somebody can compare it, and the two ways out. Nothing is trusted by itself. */
export function untrusted(
  { codes, message, cause }: Trouble,
  at: string,
  certificate: ServerCertificate | undefined,
  now: number,
): Failure {
  const misnamed = codes.includes('ERR_TLS_CERT_ALTNAME_INVALID');
  const problem = misnamed ? 'is for another name' : `is not trusted: ${message}`;
  return new Failure('unreachable', [`the certificate of ${at} ${problem}`, ...lines(certificate, now)].join('\n'), {
    hint: misnamed
      ? 'Connect by a name it carries, or add HostNameInCertificate=NAME; TrustServerCertificate=True in the connection string takes any certificate'
      : 'If the fingerprint is right, name a file with its authority (PEM): --ca FILE with init or context add, database.ca in the context file; TrustServerCertificate=True in the connection string takes any certificate',
    cause,
    ...(certificate === undefined ? {} : { details: { certificate } }),
  });
}

function lines(certificate: ServerCertificate | undefined, now: number): readonly string[] {
  if (certificate === undefined) return ['  (it could not be read a second time to show it)'];
  const { subject, issuer, names, validFrom, validTo, sha256 } = certificate;
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const standing = validTo.getTime() < now ? ', expired' : validFrom.getTime() > now ? ', not yet valid' : '';
  return [
    `  subject  ${subject}`,
    ...(names === '' ? [] : [`  names    ${names}`]),
    `  issuer   ${issuer}`,
    `  valid    ${day(validFrom)} to ${day(validTo)}${standing}`,
    `  SHA-256  ${sha256}`,
  ];
}
