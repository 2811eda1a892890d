import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';

const contexts = new Map<string, SecureContext>();

/**
 * What makes a connection trust these authorities, PEM text, besides the system's. The system's are read for each new
 * text only: that takes so long that some dozens of connections would hold up everything else.
 */
export function trusting(ca: string | undefined): { readonly secureContext?: SecureContext } {
  if (ca === undefined) return {};
  const secureContext = contexts.get(ca) ?? createSecureContext({ ca: [...rootCertificates, ca] });
  contexts.set(ca, secureContext);
  return { secureContext };
}
