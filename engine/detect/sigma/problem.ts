/** Why a rule cannot be compiled; the compiler adds file and line. `key` is the part of `detection` it happened in. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  constructor(
    readonly code: 'MDR_RULE_SYNTAX' | 'MDR_RULE_UNSUPPORTED',
    message: string,
    readonly key = 'condition',
  ) {
    super(message);
  }
}
export const syntax = (message: string, key?: string) => new RuleError('MDR_RULE_SYNTAX', message, key);
export const unsupported = (message: string, key?: string) => new RuleError('MDR_RULE_UNSUPPORTED', message, key);
