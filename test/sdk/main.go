// Every IAM operation of the official Go SDK against a demo server. Arguments: the demo.json of that server.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/G-Core/gcore-go"
	"github.com/G-Core/gcore-go/iam"
	"github.com/G-Core/gcore-go/option"
	"github.com/G-Core/gcore-go/packages/param"
)

type signIn struct {
	ID    int64
	Email string
	Token string
}

type demo struct {
	BaseURL   string
	Resellers []signIn
	Clients   []signIn
}

var failures int

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func expect(condition bool, format string, args ...any) error {
	if condition {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// operation runs it, prints what became of it, and passes over what the server has not yet.
func operation(documented map[string]map[string]any, method, path, sdk string, run func() error) {
	line := fmt.Sprintf("%-6s %-44s %s", strings.ToUpper(method), path, sdk)
	if _, there := documented[path][method]; !there {
		fmt.Printf("  -      %s: the server does not have it yet\n", line)
	} else if err := run(); err != nil {
		failures++
		fmt.Printf("  FAILED %s: %v\n", line, err)
	} else {
		fmt.Printf("  ok     %s\n", line)
	}
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	var shown demo
	must(json.Unmarshal(text, &shown))
	answer, err := http.Get(shown.BaseURL + "/openapi.json")
	must(err)
	var document struct {
		Paths map[string]map[string]any
	}
	must(json.NewDecoder(answer.Body).Decode(&document))
	answer.Body.Close()

	ctx := context.Background()
	clientOf := func(token string) gcore.Client {
		return gcore.NewClient(option.WithAPIKey(token), option.WithBaseURL(shown.BaseURL), option.WithMaxRetries(0))
	}
	reseller := clientOf(shown.Resellers[0].Token)
	account := shown.Clients[0]
	administrator := clientOf(account.Token)
	has := func(method, path, sdk string, run func() error) { operation(document.Paths, method, path, sdk, run) }
	fmt.Println("Go SDK github.com/G-Core/gcore-go")

	var overview *iam.AccountOverview
	has("get", "/iam/clients/me", "Iam.GetAccountOverview", func() (err error) {
		overview, err = administrator.Iam.GetAccountOverview(ctx)
		if err != nil {
			return err
		}
		return expect(overview.ID == account.ID && len(overview.Users) > 0, "the account is %v", overview.ID)
	})

	has("get", "/iam/users", "Iam.Users.ListAutoPaging, all pages", func() error {
		first, err := reseller.Iam.Users.List(ctx, iam.UserListParams{Limit: gcore.Int(50)})
		if err != nil {
			return err
		}
		seen := map[int64]bool{}
		pages := reseller.Iam.Users.ListAutoPaging(ctx, iam.UserListParams{Limit: gcore.Int(50)})
		count := int64(0)
		for ; pages.Next(); count++ {
			seen[pages.Current().ID] = true
		}
		if pages.Err() != nil {
			return pages.Err()
		}
		return expect(count == first.Count && count == int64(len(seen)), "the pager sees %v users, %v different, of %v", count, len(seen), first.Count)
	})

	var user *iam.UserGetResponse
	has("get", "/iam/users/{userId}", "Iam.Users.Get", func() (err error) {
		user, err = administrator.Iam.Users.Get(ctx, overview.Users[0].ID)
		if err != nil {
			return err
		}
		return expect(user.ID == overview.Users[0].ID, "another user: %v", user.ID)
	})

	has("get", "/iam/users/{userId}", "Iam.Users.Get of nobody", func() error {
		_, err := administrator.Iam.Users.Get(ctx, 999999999)
		var refused *gcore.Error
		return expect(errors.As(err, &refused) && refused.StatusCode == 404, "not a 404: %v", err)
	})

	// Older versions of the SDK use /iam/clients/…/tokens, newer ones /iam/v2/…; the server has both.
	tokens := "/iam/v2/clients/{clientId}/tokens"
	var token *iam.APITokenCreated
	has("post", tokens, "Iam.APITokens.New", func() (err error) {
		token, err = administrator.Iam.APITokens.New(ctx, account.ID, iam.APITokenNewParams{
			Name:       "From the SDK",
			ExpDate:    param.Null[string](),
			ClientUser: iam.APITokenNewParamsClientUser{Role: iam.UserGroupParam{Name: iam.UserGroupNameUsers}},
		})
		if err != nil {
			return err
		}
		using := clientOf(token.Token)
		_, err = using.Iam.GetAccountOverview(ctx)
		return err
	})
	has("get", tokens, "Iam.APITokens.List", func() error {
		list, err := administrator.Iam.APITokens.List(ctx, account.ID, iam.APITokenListParams{Deleted: gcore.Bool(false)})
		if err != nil {
			return err
		}
		for _, one := range *list {
			if one.ID == token.ID {
				return nil
			}
		}
		return errors.New("the list lacks the new token")
	})
	has("get", tokens+"/{tokenId}", "Iam.APITokens.Get", func() error {
		one, err := administrator.Iam.APITokens.Get(ctx, token.ID, iam.APITokenGetParams{ClientID: account.ID})
		if err != nil {
			return err
		}
		return expect(one.Name == "From the SDK", "another name: %v", one.Name)
	})
	has("delete", tokens+"/{tokenId}", "Iam.APITokens.Delete", func() error {
		if err := administrator.Iam.APITokens.Delete(ctx, token.ID, iam.APITokenDeleteParams{ClientID: account.ID}); err != nil {
			return err
		}
		using := clientOf(token.Token)
		_, err := using.Iam.GetAccountOverview(ctx)
		var refused *gcore.Error
		return expect(errors.As(err, &refused) && refused.StatusCode == 401, "the deleted token answers %v", err)
	})

	has("patch", "/iam/users/{userId}", "Iam.Users.Update", func() error {
		seen, err := administrator.Iam.Users.Update(ctx, user.ID, iam.UserUpdateParams{
			Name:      gcore.String("Renamed by the Go SDK"),
			Phone:     gcore.String("+352 1"),
			Email:     gcore.String(user.Email),
			Lang:      user.Lang,
			AuthTypes: user.AuthTypes,
		})
		if err != nil {
			return err
		}
		return expect(seen.Name == "Renamed by the Go SDK", "the name is %v", seen.Name)
	})
	var invited *iam.UserInvited
	has("post", "/iam/clients/invite_user", "Iam.Users.Invite", func() (err error) {
		invited, err = administrator.Iam.Users.Invite(ctx, iam.UserInviteParams{
			ClientID: account.ID, Email: "invited@go.example", UserRole: iam.UserGroupParam{Name: iam.UserGroupNameUsers},
		})
		return err
	})
	has("delete", "/iam/clients/{clientId}/client-users/{userId}", "Iam.Users.Delete", func() error {
		return administrator.Iam.Users.Delete(ctx, invited.UserID, iam.UserDeleteParams{ClientID: account.ID})
	})

	if failures > 0 {
		os.Exit(1)
	}
}
