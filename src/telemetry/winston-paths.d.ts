/** winston describes its types for the whole package only; these name the files of it that zxp loads. */
declare module 'winston/lib/winston/create-logger.js' {
  import { createLogger } from 'winston';

  export = createLogger;
}

declare module 'winston/lib/winston/transports/stream.js' {
  import { transports } from 'winston';

  const Stream: typeof transports.Stream;
  export = Stream;
}

declare module 'logform/printf.js' {
  import { format } from 'logform';

  const printf: typeof format.printf;
  export = printf;
}
