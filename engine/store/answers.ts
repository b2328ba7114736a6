/** What somebody can say to "was this you?". */
export const SAID = ['yes', 'no', 'unsure'] as const;
export type Said = (typeof SAID)[number];

/** What one of the customer's people said about an alert, as its score takes it. */
export interface AlertAnswer {
  /** Number of the question. */
  question: number;
  /** The person's id, and the name then. */
  person: string;
  name: string;
  said: Said;
  /** Whether it was confirmed by a second channel. */
  confirmed: boolean;
  /** Epoch ms. */
  at: number;
}
