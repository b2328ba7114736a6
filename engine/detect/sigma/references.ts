/** A document that others may refer to. */
interface Named {
  id: string;
  name: string;
  file: string;
}

/**
 * Find documents as Sigma refers to them: by `id`, or by `name`. A name means the document in the same file first, as
 * the documents around a correlation are written for it; elsewhere it has to be the only one.
 */
export class References<T extends Named> {
  private readonly ids = new Map<string, T>();
  private readonly names = new Map<string, T[]>();

  constructor(documents: readonly T[]) {
    for (const document of documents) {
      if (!this.ids.has(document.id)) this.ids.set(document.id, document);
      if (document.name) this.names.set(document.name, [...(this.names.get(document.name) ?? []), document]);
    }
  }

  /** @returns the document, or why there is none to take */
  find(reference: string, file: string): T | string {
    const byId = this.ids.get(reference);
    if (byId) return byId;
    const named = this.names.get(reference) ?? [];
    const near = named.filter((document) => document.file === file);
    const found = near.length > 0 ? near : named;
    if (found.length === 1) return found[0]!;
    return found.length === 0
      ? `it refers to "${reference}", and no rule that is loaded has this id or name`
      : `it refers to "${reference}", and ${found.length} rules have this name: use an id`;
  }
}
