export interface Greeting {
  word: string;
}
