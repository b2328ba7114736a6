/** Something that a rule writer should know. An error keeps a rule from running; a warning does not. */
export interface Finding {
  file: string;
  /** From 1. */
  line: number;
  rule: string;
  severity: 'error' | 'warning';
  /** Short stable name, for scripts that leave some out. */
  check: string;
  message: string;
}
