/** Where polling Tentacles and agents connect: https://octopus.com/docs/security/octopus-tentacle-communication */
export const pollingPort = 10_943;
