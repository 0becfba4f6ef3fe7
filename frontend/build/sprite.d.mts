import type { Plugin } from 'vite'
export function sprite(): Plugin
