import { RecipeError } from '../../src/recipes/recipe-error.ts';

/** The recipe's error with which a call rejects. */
export async function recipeRejection(call: PromiseLike<unknown>): Promise<RecipeError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RecipeError) return error;
    throw error;
  }
  throw new Error('the call did not reject');
}
