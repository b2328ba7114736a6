import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Card } from '../../../commands/cards/card.js';
import { MdrError } from '../../../engine/errors.js';
import { bytesOf } from '../../../engine/store/files.js';
import type { TenantStore } from '../../../engine/store/index.js';
import { DeliveryError, type UploadFile } from '../types.js';
import { type Room, roomOf } from './channel.js';
import { SECURITY_HEADERS } from './guard.js';
import type { ServerParts } from './types.js';
import type { Viewers } from './viewers.js';

/** What the files of one tenant may take together. */
export const MOST_TENANT_BYTES = 1024 * 1024 * 1024;

const params = z.object({
  tenant: z.string().max(32),
  room: z.string().max(20),
  file: z.string().regex(/^[0-9a-f]{32}$/),
});

/** Keep a file; one that is there already stays as it is. @throws DeliveryError `refused` when the tenant's files take too much */
export async function keepFile(store: TenantStore, _id: string, file: UploadFile, at: number): Promise<void> {
  const [taken] = await store.files.aggregate<{ bytes: number }>([{ $group: { _id: null, bytes: { $sum: '$size' } } }]);
  if ((taken?.bytes ?? 0) + file.data.length > MOST_TENANT_BYTES)
    throw new DeliveryError(
      'refused',
      `the files of ${store.id} take as much as they may (${MOST_TENANT_BYTES} bytes)`,
    );
  const { name, type, data } = file;
  await store.files.insert({ _id, name, type, size: data.length, data: Buffer.from(data), at });
}

/** The message that shows a file: where to get it. */
export function fileCard(room: Room, id: string, { name, type, data }: UploadFile): Card {
  const size = `${data.length.toLocaleString('en-US')} bytes`;
  return {
    title: name,
    tone: 'neutral',
    blocks: [
      {
        kind: 'text',
        text: [{ link: 'Download', href: `/api/channels/${room.channel}/files/${id}` }, ` · ${size} · ${type}`],
      },
    ],
  };
}

/** Files are saved, never shown: what is in them may be anything. */
export function registerFiles(api: FastifyInstance, { store, board }: ServerParts, viewers: Viewers): void {
  api.get('/api/channels/:tenant/:room/files/:file', async (request, reply) => {
    const { tenant, room: name, file: _id } = params.parse(request.params);
    const room = roomOf(`${tenant}/${name}`);
    viewers.checkRoom(viewers.of(request), room);
    // A file has its message's id: who does not read that channel does not get it by its id.
    const shown = await board.get(room, _id);
    const file = shown && (await (await store.forTenant(tenant)).files.findOne({ _id }));
    if (!file) throw new MdrError('MDR_REQUEST_BAD', 'There is no such file in this channel.', 'Reload the page.');
    return reply
      .headers({ ...SECURITY_HEADERS, 'content-security-policy': "default-src 'none'; sandbox" })
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
      .type(file.type)
      .send(bytesOf(file));
  });
}
