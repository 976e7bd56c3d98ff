/** undici describes its types for the whole package only; this names the one of its files that zxp loads. */
declare module 'undici/lib/dispatcher/client.js' {
  import { Client } from 'undici';

  export = Client;
}
