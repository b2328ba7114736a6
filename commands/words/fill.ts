/** Words that hold a sentence together and are nobody's name. */
const FILL: ReadonlySet<string> = new Set(
  (
    'a about all also am an and any anything are as at be been but by can could did do does for from get give had has have how i ' +
    'if in into is it its just last like may me my of off on one ones or our out over past please pls should show so some something ' +
    'than that the their them then there these they thing things this those to too us want was we were what when where which who ' +
    'why will with would you your'
  ).split(' '),
);

export const isFill = (word: string): boolean => FILL.has(word);

/** Whether words are a sentence rather than a command's own words: own words need nothing to hold them together. */
export const isProse = (words: readonly string[]): boolean =>
  words.some((word) => isFill(word.toLowerCase().replace(/[.,;:!?]+$/, '')));
