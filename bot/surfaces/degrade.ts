import { safe } from '../cards/safe.js';
import type { MessageRef, Surface, UploadFile } from './types.js';

/**
 * Put a file where people talk; on a surface that takes no files, say there that it exists and where it can be had.
 * @param elsewhere what to do to get it, as a sentence: `Next: /mdr report 12 writes it to a file.`
 * @throws DeliveryError
 */
export async function uploadOrSay(
  surface: Surface,
  channel: string,
  file: UploadFile,
  key: string,
  thread: string | null,
  elsewhere: string,
): Promise<MessageRef> {
  if (surface.upload) return surface.upload(channel, file, key, thread);
  const card = {
    title: safe(file.name, 150, true) || 'File',
    tone: 'neutral' as const,
    blocks: [
      {
        kind: 'text' as const,
        text: `A file of ${file.data.length.toLocaleString('en-US')} bytes (${safe(file.type, 80, true)}), which this surface cannot show. ${elsewhere}`,
      },
    ],
  };
  return surface.post(channel, card, key, thread);
}

/** Address of a message, or null where messages have none. @throws DeliveryError */
export async function linkOrNull(surface: Surface, ref: MessageRef): Promise<string | null> {
  return surface.link ? surface.link(ref) : null;
}
