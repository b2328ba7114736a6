import type { Schema } from 'mongoose';
import { MdrError } from '../errors.js';

/** Whatever asks to delete such a record is refused, whoever it is: there is no way round in the product. */
// biome-ignore lint/suspicious/noExplicitAny: of any record
export function neverDeleted(schema: Schema<any>, what: string): void {
  const refuse = () => {
    throw new MdrError(
      'MDR_EVIDENCE_HELD',
      `${what} is never deleted.`,
      'Evidence goes by its reviewed disposal only, which keeps the record of it: see docs/evidence.md.',
    );
  };
  schema.pre(['deleteOne', 'deleteMany', 'findOneAndDelete', 'findOneAndReplace', 'replaceOne'], refuse);
  schema.pre('deleteOne', { document: true, query: false }, refuse);
}
