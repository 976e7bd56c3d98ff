/** express describes its types for the whole package only; these name the files of it that zxp loads. */
declare module 'express/lib/application.js' {
  import type { Application } from 'express';

  const application: Application & { handle: Application };
  export = application;
}

declare module 'express/lib/request.js' {
  const prototype: object;
  export = prototype;
}

declare module 'express/lib/response.js' {
  const prototype: object;
  export = prototype;
}
