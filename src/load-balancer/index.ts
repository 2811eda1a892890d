import { apache } from './apache.js';
import { awsAlb } from './aws-alb.js';
import { awsNlb } from './aws-nlb.js';
import { azureAppgw } from './azure-appgw.js';
import { azureLb } from './azure-lb.js';
import type { BalancerProduct } from './balancer.js';
import { caddy } from './caddy.js';
import { envoy } from './envoy.js';
import { f5 } from './f5.js';
import { gatewayApi } from './gateway-api.js';
import { gcp } from './gcp.js';
import { haproxy } from './haproxy.js';
import { iis } from './iis.js';
import { ingressNginx } from './ingress-nginx.js';
import { netscaler } from './netscaler.js';
import { nginx } from './nginx.js';
import { nginxPlus } from './nginx-plus.js';
import { traefik } from './traefik.js';

const products = [
  ...[haproxy, nginx, nginxPlus, apache, caddy, traefik, envoy, iis, netscaler, f5],
  ...[awsAlb, awsNlb, azureAppgw, azureLb, gcp, ingressNginx, gatewayApi],
] as const;

/** Every product octo-ha renders for, by the name that is typed. A new one is a file and a name here. */
export const balancers: ReadonlyMap<string, BalancerProduct> = new Map(products.map((one) => [one.name, one]));
