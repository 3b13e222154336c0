"""Every IAM operation of the official Python SDK, reading strictly, against a demo server. Arguments: the demo.json of that server."""

import json
import sys
import urllib.request

import gcore
from gcore import Gcore

demo = json.load(open(sys.argv[1], encoding='utf-8'))
documented = json.load(urllib.request.urlopen(demo['baseUrl'] + '/openapi.json'))['paths']
patterns = {(path, method) for path, methods in documented.items() for method in methods}
failures = 0


def client_with(token):
    """Strict: an answer that is not what the SDK's types say is an error."""
    return Gcore(api_key=token, base_url=demo['baseUrl'], max_retries=0, _strict_response_validation=True)


def client_of(sign_in):
    return client_with(sign_in['token'])


def operation(method, path, sdk):
    """Runs the decorated function at once and prints what became of it; what the server has not yet is passed over."""

    def run(function):
        global failures
        line = f'{method.upper():6} {path:44} {sdk}'
        if (path, method) not in patterns:
            print(f'  -      {line}: the server does not have it yet')
            return None
        try:
            result = function()
            print(f'  ok     {line}')
            return result
        except Exception as error:  # whatever the SDK throws is a failure, and the next operation is tried
            failures += 1
            print(f'  FAILED {line}: {type(error).__name__}: {error}')
            return None

    return run


def expect(condition, text):
    if not condition:
        raise AssertionError(text)


reseller = client_of(demo['resellers'][0])
shown = demo['clients'][0]
account_id = shown['id']
administrator = client_of(shown)
print(f'Python SDK gcore {gcore.__version__}')


@operation('get', '/iam/clients/me', 'iam.get_account_overview')
def overview():
    seen = administrator.iam.get_account_overview()
    expect(seen.id == account_id, f'the account is {seen.id}, not {account_id}')
    expect(seen.email == shown['email'], f'its email is {seen.email}')
    expect(seen.service_statuses is not None and len(seen.users) > 0, 'services and users are read')
    return seen


@operation('get', '/iam/clients/me', 'iam.get_account_overview, by everybody of demo.json')
def _():
    for sign_in in [demo['platform'], *demo['resellers'], *demo['sellers'], *demo['clients']]:
        seen = client_of(sign_in).iam.get_account_overview()
        expect(sign_in['email'] in [one.email for one in seen.users], f'{sign_in["email"]} is not in its account')


@operation('get', '/iam/users', 'iam.users.list, all pages')
def everybody():
    first = reseller.iam.users.list()
    expect(len(first.results) == 50, f'the first page has {len(first.results)} users, not 50')
    ids = [user.id for user in reseller.iam.users.list()]
    expect(len(ids) == first.count, f'the pager sees {len(ids)} of {first.count}')
    expect(len(set(ids)) == len(ids), 'the pager sees somebody twice')
    few = [user.id for user in reseller.iam.users.list(limit=7, offset=3)]
    expect(few == ids[3:], 'pages of seven from the fourth hold other users')
    return ids


@operation('get', '/iam/users', 'iam.users.list, no limit')
def unlimited():
    everyone = reseller.iam.users.list(limit=gcore.omit)
    expect([user.id for user in everyone.results] == everybody, 'without limit other users come')


@operation('get', '/iam/users/{userId}', 'iam.users.get')
def user():
    wanted = overview.users[0]
    seen = administrator.iam.users.get(wanted.id)
    expect((seen.id, seen.email) == (wanted.id, wanted.email), f'another user: {seen.id}')
    return seen


@operation('get', '/iam/users/{userId}', 'iam.users.get of nobody')
def nobody():
    try:
        administrator.iam.users.get(999_999_999)
    except gcore.NotFoundError as error:
        expect(error.status_code == 404, 'it is a 404')
    else:
        expect(False, 'an unknown user is no NotFoundError')


@operation('get', '/iam/users/me', 'get')
def me():
    expect(administrator.get('/iam/users/me', cast_to=gcore.types.iam.User).email == shown['email'], 'somebody else')


def tokens(path, sdk, create, list_, get, delete):
    @operation('post', path, f'{sdk}create')
    def created():
        token = create()
        expect(token.token.startswith(str(token.id)), 'the credential begins with the id')
        expect(token.client_user.role.name == 'Users', 'the role is the one asked for')
        using = client_with(token.token)
        expect(using.iam.get_account_overview().id == account_id, 'the new token works')
        return token

    @operation('get', path, f'{sdk}list')
    def _():
        expect(created.id in [token.id for token in list_()], 'the list lacks the new token')

    @operation('get', path + '/{tokenId}', f'{sdk}get')
    def _():
        expect(get(created.id).name == 'From the SDK', 'another name')

    @operation('delete', path + '/{tokenId}', f'{sdk}delete')
    def _():
        delete(created.id)
        using = client_with(created.token)
        try:
            using.iam.get_account_overview()
        except gcore.AuthenticationError:
            return
        expect(False, 'the deleted token works')


wanted = {'name': 'From the SDK', 'exp_date': None, 'client_user': {'role': {'name': 'Users'}}}
own = administrator.iam.api_tokens
tokens(
    '/iam/v2/clients/{clientId}/tokens',
    'iam.api_tokens.',
    lambda: own.create(account_id, **wanted),
    lambda: own.list(account_id, deleted=False),
    lambda token_id: own.get(token_id, client_id=account_id),
    lambda token_id: own.delete(token_id, client_id=account_id),
)
old = f'/iam/clients/{account_id}/tokens'
types = gcore.types.iam
tokens(  # deprecated: this version of the SDK has no method for them, older ones have
    '/iam/clients/{clientId}/tokens',
    'post, get, delete: ',
    lambda: administrator.post(old, body=wanted, cast_to=types.APITokenCreated),
    lambda: administrator.get(old, cast_to=types.APITokenList),
    lambda token_id: administrator.get(f'{old}/{token_id}', cast_to=types.APIToken),
    lambda token_id: administrator.delete(f'{old}/{token_id}', cast_to=type(None)),
)


@operation('patch', '/iam/users/{userId}', 'iam.users.update')
def _():
    seen = administrator.iam.users.update(
        user.id, name='Renamed by the SDK', email=user.email, phone=user.phone, lang=user.lang, auth_types=user.auth_types
    )
    expect(seen.name == 'Renamed by the SDK', f'the name is {seen.name}')
    expect(administrator.iam.users.get(user.id).name == 'Renamed by the SDK', 'the name is kept')


@operation('post', '/iam/clients/invite_user', 'iam.users.invite')
def invited():
    answer = administrator.iam.users.invite(client_id=account_id, email='invited@sdk.example', user_role={'id': 2, 'name': 'Users'}, name='Invited')
    expect(answer.user_id is not None, f'the answer is {answer}')
    return answer.user_id


@operation('delete', '/iam/clients/{clientId}/client-users/{userId}', 'iam.users.delete')
def _():
    administrator.iam.users.delete(invited, client_id=account_id)


sys.exit(1 if failures else 0)
