import { createHash } from 'node:crypto';
import { canonical } from '../../ids.js';
import type { Playbook } from './types.js';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The version of a playbook: SHA-256 of what it says; comments, order of keys and layout do not count. */
export const versionOf = (playbook: Playbook): string => sha256(canonical(playbook));
