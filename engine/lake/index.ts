export type { Cell, Parameter, Parameters } from './cells.js';
export { DATASETS, type Dataset, datasetOf } from './dataset.js';
export { type Lake, type LakeStatus, openLake, type QueryOptions, type QueryResult, type TenantLake } from './query.js';
export { COLUMNS, type Column } from './schema.js';
