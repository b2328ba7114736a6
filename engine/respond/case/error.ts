import { MdrError } from '../../errors.js';
import type { Case } from '../../store/cases.js';

/** The case's state does not allow this; it carries the case as it is, so that whoever asked can be shown it. */
export class CaseStateError extends MdrError {
  constructor(
    readonly record: Case,
    message: string,
    hint: string,
  ) {
    super('MDR_CASE_STATE', message, hint);
  }
}

export const badCase = (message: string, hint: string): MdrError => new MdrError('MDR_CASE_BAD', message, hint);

export const unknownCase = (number: number, tenant: string): MdrError =>
  new MdrError(
    'MDR_CASE_UNKNOWN',
    `there is no case ${number} of ${tenant}.`,
    'See /mdr case list for those that are open.',
  );
