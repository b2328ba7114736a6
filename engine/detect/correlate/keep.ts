import type { Detection } from '../../store/detections.js';
import type { TenantStore } from '../../store/index.js';

/**
 * Let the detections of correlations grow: one that is stored takes over what was counted since, never less than it has.
 * Whoever comes last, the one with most stays.
 */
export async function growStored(
  scope: TenantStore,
  found: readonly Pick<Detection, '_id' | 'correlated'>[],
): Promise<void> {
  for (const { _id, correlated } of found) {
    if (!correlated) continue;
    await scope.detections.update({ _id, 'correlated.count': { $lt: correlated.count } }, { $set: { correlated } });
  }
}
