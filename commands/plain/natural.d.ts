// Single files of natural: its folders' index modules take most of a second to load. Types are declared for the folders only.
declare module 'natural/lib/natural/classifiers/bayes_classifier.js' {
  import { BayesClassifier } from 'natural/lib/natural/classifiers/index.js';
  export default BayesClassifier;
}
declare module 'natural/lib/natural/stemmers/porter_stemmer.js' {
  import { PorterStemmer } from 'natural/lib/natural/stemmers/index.js';
  export default PorterStemmer;
}
