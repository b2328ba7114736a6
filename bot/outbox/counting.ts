import { DeliveryError, type Surface } from '../surfaces/types.js';

/** A surface whose deliveries are counted by their outcome: `sent`, or why not. A count that is lost holds nothing up. */
export function counting(surface: Surface, count: (surface: string, outcome: string) => Promise<void>): Surface {
  async function counted<T>(what: Promise<T>): Promise<T> {
    const tell = (outcome: string) => void count(surface.name, outcome).catch(() => {});
    try {
      const result = await what;
      tell('sent');
      return result;
    } catch (error) {
      tell(error instanceof DeliveryError ? error.kind : 'unknown');
      throw error;
    }
  }
  const upload = surface.upload?.bind(surface);
  return Object.assign(Object.create(surface) as Surface, {
    post: (...args: Parameters<Surface['post']>) => counted(surface.post(...args)),
    edit: (...args: Parameters<Surface['edit']>) => counted(surface.edit(...args)),
    ...(upload && { upload: (...args: Parameters<typeof upload>) => counted(upload(...args)) }),
    find: (...args: Parameters<Surface['find']>) => surface.find(...args),
  });
}
