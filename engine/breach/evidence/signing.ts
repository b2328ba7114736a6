import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { codeOf, MdrError } from '../../errors.js';
import { seal, unseal } from '../../seal.js';
import type { ProviderKey } from '../../store/keeping.js';
import { badEvidence } from './items.js';
import type { EvidenceDesk } from './types.js';

const SCOPE = '*';
const NAME = 'evidence:ed25519';

/** The provider's own Ed25519 key: made once, and kept sealed. @throws MdrError MDR_SECRET */
export async function providerKey({ store, secret, clock }: EvidenceDesk): Promise<ProviderKey> {
  const known = await store.keeping.providerKey();
  if (known) return known;
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const sealed = seal(secret, SCOPE, NAME, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  await store.keeping.addProviderKey({ _id: 'ed25519', publicKey: pem, sealed, created: clock() });
  // Of two at once, one made it.
  return (await store.keeping.providerKey())!;
}

/** A detached signature, base64. @throws MdrError MDR_SECRET */
export async function signed(desk: EvidenceDesk, bytes: Uint8Array): Promise<{ signature: string; publicKey: string }> {
  const { sealed, publicKey } = await providerKey(desk);
  try {
    const key = createPrivateKey(unseal(desk.secret, SCOPE, NAME, sealed));
    return { signature: sign(null, bytes, key).toString('base64'), publicKey };
  } catch (cause) {
    if (codeOf(cause) !== 'MDR_INTERNAL') throw cause;
    throw new MdrError(
      'MDR_SECRET',
      "the provider's signing key was kept with another key.",
      'Set MDR_SECRET_KEY as it was.',
      { cause },
    );
  }
}

/** @param publicKey PEM, as `mdr evidence key` prints it. @throws MdrError MDR_EVIDENCE_BAD when it is none */
export function isSigned(bytes: Uint8Array, signature: string, publicKey: string): boolean {
  const key = keyOf(publicKey);
  const raw = Buffer.from(signature.trim(), 'base64');
  return raw.length === 64 && verify(null, bytes, key, raw);
}

/** SHA-256 of the key itself, as people compare it by telephone. @throws MdrError MDR_EVIDENCE_BAD */
export function fingerprint(publicKey: string): string {
  const der = keyOf(publicKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').match(/.{4}/g)!.join(' ');
}

function keyOf(pem: string) {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below.
  }
  throw badEvidence('that is no Ed25519 public key in PEM.', 'Take it from `mdr evidence key`.');
}
