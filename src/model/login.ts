import type { HeaderList } from './ports.js';

/** The parts of a login that are written in the languages of modules, compiled. */
export interface LoginRecipe {
  /** Throws a ZxpError that repeats no secret. */
  readonly render: (secrets: LoginSecrets) => LoginMessage;
  /** The token in a reply, where a path names it; undefined where nothing is there. */
  readonly findToken: (body: Uint8Array) => string | undefined;
}

export interface LoginSecrets {
  readonly username: string;
  readonly password: string;
}

export interface LoginMessage {
  readonly headers: HeaderList;
  readonly body: string | undefined;
}
