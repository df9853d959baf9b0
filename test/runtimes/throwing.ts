// A worker that ends by an error before it listens.
throw new Error("it throws");
