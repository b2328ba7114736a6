import type { Case } from '../../store/cases.js';
import type { TenantStore } from '../../store/index.js';
import { type CaseDocument, idOfImport, importedCase } from './exchange.js';
import type { Asking } from './save.js';
import { bounded } from './text.js';

/**
 * Keep a document as a case of its own. Nothing that is there is changed: the same document again is the case that it became.
 * @throws MdrError MDR_IMPORT_BAD
 */
export async function importCase(
  store: TenantStore,
  document: CaseDocument,
  { by, clock }: Omit<Asking, 'request'>,
): Promise<{ record: Case; isNew: boolean }> {
  const known = await store.cases.findOne({ _id: idOfImport(store.id, document) });
  if (known) return { record: known, isNew: false };
  const who = { id: by.id, name: bounded(by.name, 100) };
  // Before a number is taken.
  importedCase(store.id, 1, document, who, clock());
  const { tenant: _, ...record } = importedCase(store.id, await store.nextNumber('case'), document, who, clock());
  const isNew = await store.cases.insert(record);
  const kept = isNew ? { ...record, tenant: store.id } : await store.cases.findOne({ _id: record._id });
  if (!kept) throw new Error(`${record._id} is neither new nor there`);
  return { record: kept, isNew };
}
