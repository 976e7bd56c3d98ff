/** Two command lines for the help of each command, of the program itself under the empty name. */
export const examplesOfCommand: Readonly<Record<string, readonly [string, string]>> = {
  '': ['zxp --upstream http://registry:8080', 'zxp --config.file zxp.yml --web.listen-address :9100'],
  serve: [
    'zxp serve --upstream http://registry:8080 --web.config.file web.yml',
    'ZXP_UPSTREAM=http://registry:8080 zxp serve --log.format json',
  ],
  config: ['zxp config /etc/zxp/config.json', 'zxp config config.yaml --web.listen-address :8081'],
  agent: [
    'zxp agent --tunnel.proxy proxy.example:50051 --config.file agent.yml',
    'zxp agent --config.file agent.yml --web.listen-address 127.0.0.1:8083',
  ],
  proxy: [
    'zxp proxy --config.file proxy.yml',
    'zxp proxy --tunnel.listen-address :50051 --web.listen-address 127.0.0.1:8080',
  ],
  check: ['zxp check zxp.yml', 'zxp check --strict --format json --web.config.file web.yml zxp.yml'],
  scrape: [
    'zxp scrape -u alice:wonderland http://registry:8080/metrics',
    'zxp scrape --config.file zxp.yml --format table --watch 5s warehouse',
  ],
  doctor: [
    'zxp doctor -u alice:wonderland http://registry:8080/metrics',
    'zxp doctor --config.file zxp.yml --format json warehouse',
  ],
  playground: ['zxp playground', 'zxp playground zxp.yml --input document.json --write'],
  infer: ['zxp infer document.json', 'zxp infer -u alice:wonderland http://warehouse.example/api/stock'],
  modules: ['zxp modules', 'zxp modules show preset/expvar'],
  test: ['zxp test stock.test.yml', 'zxp test --format junit stock.test.yml queue.test.yml'],
  health: ['zxp health', 'zxp health http://localhost:8081/-/ready --timeout 1s'],
  'hash-password': ['zxp hash-password', 'zxp hash-password < password'],
  demo: ['zxp demo', 'zxp demo --tunnel --once'],
  completion: ['source <(zxp completion bash)', 'zxp completion fish | source'],
  help: ['zxp help', 'zxp help scrape'],
};
