import { type Connection, Schema } from 'mongoose';

/** The app in one chat workspace, as somebody installed it there. Its token is encrypted with the service's own key. */
export interface Installation {
  /** The surface's own id of the workspace, `slack:T0123`. */
  _id: string;
  name: string;
  /** Base64 (engine/seal.ts). */
  sealed: string;
  /** Who installed it: the surface's own id. */
  by: string;
  /** Epoch ms. */
  installed: number;
}

/** In which workspace a channel was last seen: it tells which token to use. */
export interface ChannelTeam {
  /** `slack:C0123`. */
  _id: string;
  team: string;
}

const schema = new Schema<Installation>(
  {
    _id: { type: String, required: true },
    name: { type: String, default: '' },
    sealed: { type: String, required: true },
    by: { type: String, default: '' },
    installed: { type: Number, required: true },
  },
  { versionKey: false },
);
const channelSchema = new Schema<ChannelTeam>(
  { _id: { type: String, required: true }, team: { type: String, required: true } },
  { versionKey: false },
);

export const installationModel = (connection: Connection) =>
  connection.model<Installation>('Installation', schema, 'installations');
export const channelTeamModel = (connection: Connection) =>
  connection.model<ChannelTeam>('ChannelTeam', channelSchema, 'channelteams');
