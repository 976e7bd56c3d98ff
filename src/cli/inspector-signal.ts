// Node opens its inspector, which runs any code it is sent, on SIGUSR1, unless somebody else handles the signal. bin/zxp
// does this too, before this program is loaded; a single executable has nothing in front of it.
process.on('SIGUSR1', () => undefined);
