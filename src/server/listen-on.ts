import { formatHostPort, type HostPort } from './address.ts';
import { portOwner } from './port-owner.ts';
import { ServerError } from './server-error.ts';

/** Resolves with the port; `setting` names where the address was given. @throws ServerError, and what `listen` throws */
export async function listenOn(
  setting: 'listen' | 'http',
  address: HostPort,
  listen: (address: HostPort) => Promise<number>,
): Promise<number> {
  try {
    return await listen(address);
  } catch (error) {
    throw await listenError(error, setting, address);
  }
}

async function listenError(error: unknown, setting: 'listen' | 'http', address: HostPort): Promise<unknown> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const where = `${setting} address ${formatHostPort(address)}`;
  switch (code) {
    case 'EADDRINUSE': {
      const owner = await portOwner(address.port);
      const by = owner === undefined ? '' : ` by ${owner}`;
      return new ServerError('PORT_IN_USE', `The ${where} is in use${by}. Stop that program, or choose another port.`, {
        cause: error,
      });
    }
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ServerError('ADDRESS_NOT_AVAILABLE', `The ${where} is no address of this machine.`, { cause: error });
    case 'EACCES':
      return new ServerError(
        'ADDRESS_NOT_AVAILABLE',
        `This user may not listen on the ${where}. Choose a port above 1023.`,
        { cause: error },
      );
    default:
      return error;
  }
}
