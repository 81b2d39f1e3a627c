package main

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
	"github.com/valkey-io/valkey-go"
)

// What the load needs of a library.
type client interface {
	incr(ctx context.Context, key string) (int64, error)
	get(ctx context.Context, key string) (string, error)
}

// A client with the library's default settings: only the seeds, and credentials where there are any.
func connect(opts options) (client, error) {
	switch opts.library {
	case "go-redis":
		return goRedis{redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: opts.seeds, Username: opts.username, Password: opts.password, TLSConfig: opts.tls,
		})}, nil
	case "valkey-go":
		made, err := valkey.NewClient(valkey.ClientOption{
			InitAddress: opts.seeds, Username: opts.username, Password: opts.password, TLSConfig: opts.tls,
		})
		return valkeyGo{made}, err
	}
	return nil, fmt.Errorf("no library %q", opts.library)
}

type goRedis struct{ *redis.ClusterClient }

func (c goRedis) incr(ctx context.Context, key string) (int64, error) {
	return c.Incr(ctx, key).Result()
}

func (c goRedis) get(ctx context.Context, key string) (string, error) {
	value, err := c.Get(ctx, key).Result()
	if err == redis.Nil {
		return "", nil
	}
	return value, err
}

type valkeyGo struct{ valkey.Client }

func (c valkeyGo) incr(ctx context.Context, key string) (int64, error) {
	return c.Do(ctx, c.B().Incr().Key(key).Build()).AsInt64()
}

func (c valkeyGo) get(ctx context.Context, key string) (string, error) {
	value, err := c.Do(ctx, c.B().Get().Key(key).Build()).ToString()
	if valkey.IsValkeyNil(err) {
		return "", nil
	}
	return value, err
}
